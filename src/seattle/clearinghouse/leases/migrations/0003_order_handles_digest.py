from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("leases", "0002_order_key"),
    ]

    operations = [
        migrations.AddField(
            model_name="order",
            name="handles_digest",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="of the vessels that it names, where a key came with it",
                max_length=64,
            ),
        ),
    ]
