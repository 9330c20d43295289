"""One class of tests for each Protocol; whoever provides it inherits the class and passes."""
