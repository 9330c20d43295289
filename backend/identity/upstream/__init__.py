"""Signing in at an identity provider of somebody else (OpenID Connect), of which nothing gets out.

What it says is turned into a level of proof; its tokens are dropped at once. Neither apps nor
modules see them (NĐ 69/2024 Đ18, Đ19).
"""
