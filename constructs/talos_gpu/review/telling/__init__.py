"""A review told to people and to machines, one format a module."""
