"""What is worth knowing of seeds beyond their form, and what of their form can be mended safely."""
