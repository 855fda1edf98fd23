"""The Health view: a grid of cards, and one service in detail."""
