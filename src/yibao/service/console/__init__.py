"""The console: pages rendered on the server, in Chinese and English, that work without script."""
