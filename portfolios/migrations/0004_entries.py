import django.db.models.deletion
import django_mongodb_backend.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('portfolios', '0003_splits'),
    ]

    operations = [
        migrations.RenameField('transaction', 'side', 'kind'),
        migrations.DeleteModel('AppliedSplit'),
        migrations.CreateModel(
            name='BookedAction',
            fields=[
                ('id', django_mongodb_backend.fields.ObjectIdAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=80, unique=True)),
                ('symbol', models.CharField(max_length=30)),
                ('ex_date', models.DateField()),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name='portfolio',
            name='book_dividends',
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name='portfolio',
            name='dismissed',
            field=models.JSONField(blank=True, default=list, help_text='Actions not to be booked'),
        ),
        migrations.AddField(
            model_name='portfolio',
            name='dividends',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='portfolio',
            name='fees',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='transaction',
            name='acquired',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='transaction',
            name='action',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name='transaction',
            name='batch',
            field=models.CharField(blank=True, help_text='The import it came with', max_length=32),
        ),
        migrations.AddField(
            model_name='transaction',
            name='cash',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='transaction',
            name='cost_share',
            field=models.DecimalField(decimal_places=8, default=0, max_digits=9),
        ),
        migrations.AddField(
            model_name='transaction',
            name='fair',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=14),
        ),
        migrations.AddField(
            model_name='transaction',
            name='into',
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AddField(
            model_name='transaction',
            name='into_shares',
            field=models.DecimalField(decimal_places=8, default=0, max_digits=20),
        ),
        migrations.AddField(
            model_name='transaction',
            name='moved',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='transaction',
            name='note',
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name='transaction',
            name='origin',
            field=models.CharField(choices=[('entered', 'Entered'), ('import', 'Imported'), ('market', "Booked from the market's corporate actions"), ('api', 'By the API'), ('demo', 'Demo')], default='entered', max_length=8),
        ),
        migrations.AddField(
            model_name='transaction',
            name='paid',
            field=models.DecimalField(decimal_places=2, default=0, max_digits=18),
        ),
        migrations.AddField(
            model_name='transaction',
            name='ratio',
            field=models.CharField(blank=True, help_text='As 5 or 3/2', max_length=20),
        ),
        migrations.AddField(
            model_name='transaction',
            name='shares',
            field=models.DecimalField(decimal_places=8, default=0, max_digits=20),
        ),
        migrations.AddField(
            model_name='transaction',
            name='time',
            field=models.CharField(blank=True, max_length=8),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='kind',
            field=models.CharField(choices=[('buy', 'Buy'), ('sell', 'Sell'), ('dividend', 'Dividend'), ('split', 'Split'), ('bonus', 'Bonus issue'), ('rights', 'Rights issue'), ('merger', 'Merger'), ('demerger', 'Demerger'), ('fee', 'Fee'), ('transfer_in', 'Transfer in'), ('transfer_out', 'Transfer out')], max_length=12),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='price',
            field=models.DecimalField(decimal_places=4, default=0, max_digits=14),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='quantity',
            field=models.IntegerField(default=0),
        ),
        migrations.AlterField(
            model_name='transaction',
            name='symbol',
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.CreateModel(
            name='LedgerChange',
            fields=[
                ('id', django_mongodb_backend.fields.ObjectIdAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('investor_number', models.BigIntegerField(db_index=True, editable=False)),
                ('sequence', models.BigIntegerField(help_text='Of the entry')),
                ('action', models.CharField(choices=[('edited', 'Edited'), ('deleted', 'Deleted')], max_length=8)),
                ('at', models.DateTimeField(auto_now_add=True)),
                ('before', models.JSONField()),
                ('after', models.JSONField(null=True)),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('portfolio', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='portfolios.portfolio')),
            ],
            options={
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['portfolio', 'sequence', '-at'], name='portfolios__portfol_b18e6a_idx')],
            },
        ),
    ]
