"""Networks that go from sound to classes: what they hear, how they are built, trained and written as a graph."""
