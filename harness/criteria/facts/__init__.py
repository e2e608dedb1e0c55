"""What there is to see of a running environment: collected once, then judged as often as wanted.

Each module holds one kind of facts and the function that collects it. Facts hold no path of this
machine and no credential, so that they can be recorded and judged again elsewhere.
"""
