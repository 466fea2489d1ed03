"""What everybody may see: indicators, providers, a calculator, complaints, downloads."""
