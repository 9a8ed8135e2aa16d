"""What templates of this package, and pages that show its sign-up form, may use."""
