"""A synthetic network of sensors: what each would measure at any moment, the same whenever it is asked.

Values depend on nothing but the datastream and the time, so that history that is loaded, values that a simulated
device sends, and values that are loaded again later agree. Every lunar month has a flood wave on the Silnica; every
cold month has nights of smog; one instrument is broken for some days of each month.
"""
