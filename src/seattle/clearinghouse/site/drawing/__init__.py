"""Pictures that are drawn on the server: a map of the world, and charts. Their looks are in style.css."""
