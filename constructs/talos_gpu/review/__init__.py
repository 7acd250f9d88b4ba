"""What a change means: which objects and fields change, on which nodes, at what cost, and in which order to roll out."""
