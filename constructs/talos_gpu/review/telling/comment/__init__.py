"""The parts of a comment on a pull request, most important first."""
