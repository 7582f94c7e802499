"""Functions for the rules of the workflow; nothing else imports these modules."""
