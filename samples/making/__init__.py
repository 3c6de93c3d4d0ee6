"""The parts of `samples.make_samples`: what each sample says, and which faults are put into it."""
