"""The window and its views: they render states and pass intents on."""
