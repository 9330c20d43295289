"""What a health book says, and what of it is nobody else's business."""
