"""Ways from sound to class scores; each is fitted on training clips and scores any sound afterwards."""
