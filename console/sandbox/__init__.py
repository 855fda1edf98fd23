"""The embedded gateway: a small real platform on 127.0.0.1, with one face per dialect.

It is what the demo starts, what tests talk to and what screenshots show. Nothing here is shared with the client, and
nothing outside its own command starts it.
"""
