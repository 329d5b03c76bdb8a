"""What several tests share: sound, bundles, processes."""
