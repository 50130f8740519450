"""The nodes, the units that they are divided into, and who gave them."""
