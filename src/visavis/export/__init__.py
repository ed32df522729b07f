"""Models for other runtimes: a step with its state as explicit inputs and outputs, as an ONNX network."""
