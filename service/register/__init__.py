"""Register (监管台账): enterprises and the premises where they trade, the key of supervision."""
