"""Who people are: sealed, found by keyed digests, seen only by leaving a line in their log."""
