"""What every layer of `keras.layers` does to shapes and dtypes, and how many weights it has.

Each family is a module of pure functions, one a layer, found by the layer's class name:

    @layer("Dense", "units")
    def dense(config: Config, inputs: Structure) -> Inferred: ...

`Config` holds the arguments as Keras would see them: defaults filled in (from the public signatures in
`api.json`), and `UNKNOWN` for a value that is not known. Functions raise `Rejected` for what Keras refuses.
"""
