"""Records → the forms of the neighbours: one small file a form, named in the catalog."""
