"""What a net puts out: sigmoid, softmax, losses."""
