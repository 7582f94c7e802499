"""What leaves this machine with a release: packed runs, cards of models and of data sets."""
