from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('portfolios', '0001_initial'),
    ]

    operations = [
        migrations.AddField('portfolio', 'money_in', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
        migrations.AddField('portfolio', 'money_out', models.DecimalField(decimal_places=2, default=0, max_digits=18)),
        migrations.AddField('portfolio', 'today', models.FloatField(null=True)),
        migrations.AddIndex('transaction', models.Index(fields=['trade_date'], name='portfolios__trade_d_0c0aea_idx')),
    ]
