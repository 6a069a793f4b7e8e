"""Observations over MQTT: topics, devices' own payloads, and the listener that stores what the broker passes on."""
