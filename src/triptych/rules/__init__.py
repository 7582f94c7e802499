"""What the rules of the workflow are made from; nothing else imports these modules."""
