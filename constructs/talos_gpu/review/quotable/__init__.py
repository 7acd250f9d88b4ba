"""What may be quoted of strangers' files, whoever quotes it."""
