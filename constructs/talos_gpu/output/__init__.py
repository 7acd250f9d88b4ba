"""Documents become bytes, bytes become files: emitter, ledger, survey, write, check."""
