"""The MQTT broker: Debian's Mosquitto, its files made from tokens and levels, and what is published through it.

Decision of 2026-11-30. Devices and readers use two ports. What devices publish gets the prefix `in/` by the mount
point of their port, and nobody but the portal's listener may read it; what was stored is published by the portal
alone. So nobody reads a message that was not stored, and the listener never reads its own. The reading port has no
mount point: Mosquitto 2.0.11, which Debian 12 has, does not remove it from what it delivers (their issue 2244).

Mosquitto asks for no right to subscribe, it decides for each message it delivers. A right names topics, not contents;
so observations of each level are published under topics of their own: `v1.1/...` has what everybody may read,
`staff/v1.1/...` and `services/v1.1/...` the rest. No wildcard and no `v1.1/Observations` reaches beyond that.

A message does not name its sender. `v1.1/Datastreams(5)/Observations` needs none: the right to that topic is the
right to that datastream. Who publishes below `devices/USER/` is USER, as nobody else may; only there can a device use
`v1.1/Observations`, whose datastream stands in the message.
"""
