"""The queue of documents on their way to gateways."""
