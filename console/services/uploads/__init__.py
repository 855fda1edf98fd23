"""The queue of documents on their way: what happens to them, who sends them, and what became of them."""
