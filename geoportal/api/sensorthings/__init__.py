"""Addresses of the SensorThings API 1.1, below /sta/v1.1/."""
