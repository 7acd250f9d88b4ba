"""The layouts, one module each. Every module offers check, render and steps, as `talos.layout.Layout` asks."""
