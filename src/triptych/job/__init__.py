"""The services around a step: workspace, device, seeds, processes and progress."""
