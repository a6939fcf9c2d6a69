"""Drives a real JupyterLab in a real Chromium."""
