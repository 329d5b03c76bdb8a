"""Long use, watched for what it leaves behind: `make soak`."""
