"""What the desk asks for, allows and says: set up by administrators, from a day on."""
