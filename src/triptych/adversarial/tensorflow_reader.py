"""Write the variables of a TensorFlow checkpoint as npz.

This script runs in another environment, which has TensorFlow and NumPy but not this package::

    python -I tensorflow_reader.py CHECKPOINT_PREFIX OUTPUT.npz
"""

import sys

import numpy as np

# Exit code for an unreadable checkpoint; other codes mean that the environment does not work.
UNREADABLE = 3


def write_variables(prefix: str, output: str) -> None:
    """Read all numeric variables of a checkpoint and write them under their own names.

    Raises
    ------
    SystemExit
        The checkpoint cannot be read; the code is :data:`UNREADABLE`.
    """
    # Not at module level: the package imports this module's constant without TensorFlow.
    import tensorflow as tf  # type: ignore[import-untyped, unused-ignore]

    try:
        checkpoint = tf.train.load_checkpoint(prefix)
        # Strings would need pickle.
        variables = {
            name: checkpoint.get_tensor(name)
            for name, dtype in checkpoint.get_variable_to_dtype_map().items()
            if dtype != tf.string
        }
    except (tf.errors.OpError, ValueError, RuntimeError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        raise SystemExit(UNREADABLE) from None
    np.savez(output, **variables)


if __name__ == "__main__":
    write_variables(*sys.argv[1:])
