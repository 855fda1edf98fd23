"""The upload queue on screen."""
