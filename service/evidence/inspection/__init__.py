"""Looking into files that strangers send: by decoding, in a child process that may do nothing."""
