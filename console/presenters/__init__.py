"""Between services and views: one frozen state per screen, intents as methods. QtCore only."""
