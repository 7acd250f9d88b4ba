"""What a change costs: the verdict of each pool and of the Kubernetes side, each cause by a fact with its source."""
