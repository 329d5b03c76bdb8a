"""Every outside call made to fail, one by one, and every process killed: `make faults`."""
