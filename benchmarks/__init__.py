"""One benchmark per budget of the design, each beside a peer that runs in the same minute on the same machine."""
