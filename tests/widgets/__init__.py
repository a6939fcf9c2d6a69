"""The widgets without a browser: their handlers are called as the browser would."""
