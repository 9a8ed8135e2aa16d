"""From a publication to the last of thousands of readers: python -m bench fanout."""
