"""The layouts, one module each. Every one that `talos.layout.LAYOUTS` names offers check, render and steps."""
